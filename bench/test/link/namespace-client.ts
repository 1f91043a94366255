/** A client for links whose client side is a network namespace. Arguments: host, port, text to send. Prints how it ended, as JSON. */
import { dial, readToEnd } from './tcp.ts';

const [host = '', port = '', text = ''] = process.argv.slice(2);
const socket = await dial({ host, port: Number(port) });
socket.write(text);
const { received, how } = await readToEnd(socket);
socket.destroy();
process.stdout.write(JSON.stringify({ received: received.toString('latin1'), how }));
