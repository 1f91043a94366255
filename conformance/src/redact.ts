/** Keeps secrets out of everything that is printed or written. */

const HIDDEN = '[redacted]';

/** Forms in which credentials stand in commands, URLs and headers. */
const forms: readonly [RegExp, string][] = [
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, `$1${HIDDEN}@`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/g, `$1 ${HIDDEN}`],
  [
    /((?:token|session|secret|password|passwd|api[_-]?key|access[_-]?key)["']?\s*[=:]\s*["']?)[^\s"'&,}]+/gi,
    `$1${HIDDEN}`,
  ],
  [/(--[\w-]*(?:token|secret|password|passwd|key)\s+["']?)[^\s"']+/gi, `$1${HIDDEN}`],
  [/\bsk-[\w-]{8,}/g, HIDDEN],
];

/** Anything shorter cannot be told from text. */
const SHORTEST = 4;
/** A secret that a server repeats as JSON in a text of its JSON is escaped twice. */
const DEEPEST = 3;

/** What `show` cut off in the middle of a secret still begins like it. */
function withoutBeginning(text: string, secret: string): string {
  if (!text.includes('… (') || !text.includes(secret.slice(0, SHORTEST))) return text;
  let clean = text;
  for (let length = secret.length - 1; length >= SHORTEST; length--) {
    clean = clean.replaceAll(`${secret.slice(0, length)}… (`, `${HIDDEN}… (`);
  }
  return clean;
}

export class Redactor {
  readonly #secrets = new Set<string>();

  /** Notes a secret, also as it stands in JSON and in JSON inside JSON, and returns it. */
  add(secret: string): string {
    let form = secret;
    for (let depth = 0; depth <= DEEPEST && secret.length >= SHORTEST; depth++) {
      this.#secrets.add(form);
      form = JSON.stringify(form).slice(1, -1);
    }
    return secret;
  }

  /** The text without any noted secret, and without anything that looks like one. */
  redact(text: string): string {
    let clean = text;
    const longestFirst = [...this.#secrets].sort((a, b) => b.length - a.length);
    for (const secret of longestFirst) clean = clean.replaceAll(secret, HIDDEN);
    for (const secret of longestFirst) clean = withoutBeginning(clean, secret);
    for (const [form, replacement] of forms) clean = clean.replace(form, replacement);
    return clean;
  }

  /** The same for every string inside a JSON value. */
  redactAll<T>(value: T): T {
    return JSON.parse(
      JSON.stringify(value, (_key, inner: unknown) =>
        typeof inner === 'string' ? this.redact(inner) : inner,
      ),
    ) as T;
  }
}
