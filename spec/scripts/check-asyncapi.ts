/**
 * Parses asyncapi.json with the parser of AsyncAPI and prints what it found as JSON; exits with 1 on errors. A process of
 * its own, because the parser loads only where no further import conditions are set, as test runners do.
 */
import { fileURLToPath } from 'node:url';
import { fromFile, Parser } from '@asyncapi/parser';

const path = fileURLToPath(new URL('../asyncapi.json', import.meta.url));
const { document, diagnostics } = await fromFile(new Parser(), path).parse();
const operations = document?.operations().all() ?? [];

/** Sorted names of the messages that the server sends or receives. */
function messagesOf(action: 'send' | 'receive'): string[] {
  const names = operations
    .filter((operation) => operation.action() === action)
    .flatMap((operation) => operation.messages().all())
    .map((message) => message.name() ?? '');
  return names.sort();
}

// Severity 0 is an error and 1 a warning; above are hints, such as that there is a newer AsyncAPI.
const problems = diagnostics
  .filter(({ severity }) => (severity as number) <= 1)
  .map(({ message, path }) => `${path.join('.')}: ${message}`);

console.log(JSON.stringify({ problems, receive: messagesOf('receive'), send: messagesOf('send') }));
if (document === undefined || problems.length > 0) process.exitCode = 1;
