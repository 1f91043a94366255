/** Which `params` a client may give. What is not listed is refused, never ignored. */
import type { RequestRefusal } from './model.ts';

type Check = { readonly expected: string; readonly test: (value: unknown) => boolean };

const number: Check = { expected: 'a number', test: (value) => typeof value === 'number' };
const integer: Check = { expected: 'an integer', test: Number.isSafeInteger };
const count: Check = {
  expected: 'an integer from 1',
  test: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
};
const text: Check = { expected: 'a string', test: (value) => typeof value === 'string' };
const texts: Check = {
  expected: 'a string or an array of strings',
  test: (value) => text.test(value) || (Array.isArray(value) && value.length > 0 && value.every(text.test)),
};

/** The names are those of OpenAI's chat completions. */
const supported: ReadonlyMap<string, Check> = new Map([
  ['temperature', number],
  ['top_p', number],
  ['max_tokens', count],
  ['max_completion_tokens', count],
  ['stop', texts],
  ['seed', integer],
  ['presence_penalty', number],
  ['frequency_penalty', number],
  ['reasoning_effort', text],
  ['n', count],
]);

/** Why these parameters cannot be honoured, or undefined when they can. */
export function checkParams(params: Readonly<Record<string, unknown>>): RequestRefusal | undefined {
  for (const [name, value] of Object.entries(params)) {
    const check = supported.get(name);
    // generate.unsupported-param
    if (check === undefined) {
      const known = [...supported.keys()].join(', ');
      const shown = name.length > 64 ? `${name.slice(0, 64)}…` : name;
      return { code: 'unsupported_param', message: `"${shown}" is not supported; supported: ${known}` };
    }
    if (!check.test(value)) return { code: 'invalid', message: `params.${name}: expected ${check.expected}` };
    // generate.one-choice
    if (name === 'n' && value !== 1) {
      return {
        code: 'unsupported_param',
        message: '"n" larger than 1 is not supported: one stream is one choice',
      };
    }
  }
  return undefined;
}
