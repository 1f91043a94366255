const CREDENTIAL = /auth|cookie|api-?key|token|secret|password/;

/** Headers for the journal: lower-case names, one value each, and nothing that may carry a credential. */
export function journalHeaders(headers: Iterable<[string, string]>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (!CREDENTIAL.test(lower)) kept[lower] = value;
  }
  return kept;
}
