import { isSupported } from '@tokenwire/spec/bin';

// Calling node_modules/.bin/vitest by path silently runs the system's Node.
if (!isSupported(process.versions.node)) {
  throw new Error(
    `the tests need the project's Node, run them with "npm test" (this is ${process.versions.node})`,
  );
}
