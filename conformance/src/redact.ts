/** Keeps secrets out of everything that is printed or written. */

const HIDDEN = '[redacted]';

/** Forms in which credentials stand in commands, URLs and headers. */
const forms: readonly [RegExp, string][] = [
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, `$1${HIDDEN}@`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/g, `$1 ${HIDDEN}`],
  [
    /((?:token|secret|password|passwd|api[_-]?key|access[_-]?key)["']?\s*[=:]\s*["']?)[^\s"'&,}]+/gi,
    `$1${HIDDEN}`,
  ],
  [/\bsk-[\w-]{8,}/g, HIDDEN],
];

export class Redactor {
  readonly #secrets = new Set<string>();

  /** Notes a secret and returns it. Anything shorter than 4 characters cannot be told from text. */
  add(secret: string): string {
    if (secret.length >= 4) this.#secrets.add(secret);
    return secret;
  }

  /** The text without any noted secret, and without anything that looks like one. */
  redact(text: string): string {
    let clean = text;
    const longestFirst = [...this.#secrets].sort((a, b) => b.length - a.length);
    for (const secret of longestFirst) clean = clean.replaceAll(secret, HIDDEN);
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
