/** One sentence per message type, as it stands in the schemas and in asyncapi.json. */

const DESCRIPTIONS: Record<string, string> = {
  hello: 'Opens the conversation: who the client is and what it understands.',
  generate: 'Asks for an answer of the model, under an id that the client chose.',
  cancel: 'Stops a stream, for good.',
  resume: 'Attaches this connection to a stream, behind the last entry that the client applied.',
  ping: 'Asks for a pong with the same t.',
  pong: 'Answers a ping with its t.',
  welcome: 'Answers hello: what this server claims, will use and allows.',
  start: 'The stream is accepted; says nothing yet about the model.',
  token: 'More text of a stream.',
  end: 'The last entry of a stream: why it ended and what became of the paid call.',
  resumed: 'Answers resume; the replay follows.',
  cancel_ok: 'Answers cancel.',
  detached: 'The stream goes on without this connection.',
  error: 'Refuses a request; never ends an accepted stream.',
  goaway: 'Announces a planned close.',
};

/** Throws for a type that nobody described, so that a new message cannot be forgotten here. */
export function describeMessage(type: string): string {
  const description = DESCRIPTIONS[type];
  if (description === undefined) throw new Error(`no description of "${type}" in scripts/descriptions.ts`);
  return description;
}
