/** What each stream asks: the key of the run's script, and its own number, by which the model's notes find it again. */

export const promptOf = (key: string, stream: number): string => `Go on, stream ${stream}. [[script:${key}]]`;

/** NaN when there is none. */
export const streamOfPrompt = (prompt: string): number => Number(/stream (\d+)\./.exec(prompt)?.[1]);
