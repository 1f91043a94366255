/** The body of an error answer in OpenAI's shape. */
export interface OpenAiError {
  error: { message: string; type: string; param: null; code: string | null };
}

const TYPES = new Map<number, string>([
  [401, 'authentication_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [429, 'rate_limit_error'],
]);

export function openAiError(status: number, message: string, code: string | null = null): OpenAiError {
  const type = TYPES.get(status) ?? (status < 500 ? 'invalid_request_error' : 'server_error');
  return { error: { message, type, param: null, code } };
}
