/** The command was called in a way that cannot work. The message says what was expected and what came. */
export class UsageError extends Error {}
