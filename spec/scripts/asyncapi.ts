/** The AsyncAPI 3.0 document: an index of all messages. The words are in PROTOCOL.md, the fields in schemas/strict. */
import { SPEC_VERSION, SUBPROTOCOL } from '../src/codes.ts';
import { clientMessages, serverMessages } from '../src/messages.ts';
import { describeMessage } from './descriptions.ts';

const SCHEMA_FORMAT = 'application/schema+json;version=2020-12';

/** What a server answers to what a client sends; without an entry there is no answer. */
const REPLIES: Record<string, readonly string[]> = {
  hello: ['welcome'],
  generate: ['start', 'resumed', 'error'],
  cancel: ['cancel_ok', 'error'],
  resume: ['resumed', 'error'],
  ping: ['pong'],
};

/** Operations are named from the server's view: it receives what a client sends. */
export function asyncApi(): object {
  const fromClient = Object.keys(clientMessages);
  const fromServer = Object.keys(serverMessages);
  const types = [...new Set([...fromClient, ...fromServer])];
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Tokenwire',
      version: SPEC_VERSION,
      description: `Streams the tokens of a language model over WebSocket, subprotocol ${SUBPROTOCOL}. An index: what it leaves out is in PROTOCOL.md.`,
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    channels: {
      connection: {
        address: '/',
        description: 'One WebSocket connection; any number of streams share it.',
        messages: Object.fromEntries(types.map((type) => [type, { $ref: `#/components/messages/${type}` }])),
        bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
      },
    },
    operations: {
      ...Object.fromEntries(fromClient.map((type) => [`receive_${type}`, operation('receive', type)])),
      ...Object.fromEntries(fromServer.map((type) => [`send_${type}`, operation('send', type)])),
    },
    components: { messages: Object.fromEntries(types.map((type) => [type, message(type)])) },
  };
}

function operation(action: 'send' | 'receive', type: string): object {
  const replies = action === 'receive' || type === 'ping' ? REPLIES[type] : undefined;
  return {
    action,
    channel: { $ref: '#/channels/connection' },
    summary: describeMessage(type),
    messages: [inChannel(type)],
    ...(replies && {
      reply: { channel: { $ref: '#/channels/connection' }, messages: replies.map(inChannel) },
    }),
  };
}

function inChannel(type: string): object {
  return { $ref: `#/channels/connection/messages/${type}` };
}

function message(type: string): object {
  return {
    name: type,
    title: type,
    summary: describeMessage(type),
    payload: { schemaFormat: SCHEMA_FORMAT, schema: { $ref: `./schemas/strict/${type}.json` } },
  };
}
