/* Every command of Tokenwire starts here. Plain JavaScript that an old Node can still parse,
 * so that it gets a sentence instead of a stack trace. */
import * as nodeModule from 'node:module';
import { existsSync } from 'node:fs';

const MINIMUM = [22, 18];

/** @param {string} version as in process.versions.node @returns {boolean} */
export function isSupported(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1]);
}

/**
 * Runs the package's cli: from source in a checkout, from dist when installed.
 * @param {string} binUrl import.meta.url of a file in the package's bin folder
 * @param {string} [version] the running Node's version
 */
export async function runBin(binUrl, version = process.versions.node) {
  if (!isSupported(version)) {
    const name = binUrl.slice(binUrl.lastIndexOf('/') + 1).replace(/\.js$/, '');
    console.error(`${name}: needs Node ${MINIMUM.join('.')} or newer, and this is Node ${version}.`);
    process.exit(2);
  }
  const source = new URL('../src/cli.ts', binUrl);
  if (!existsSync(source)) {
    await import(new URL('../dist/cli.js', binUrl).href);
    return;
  }
  nodeModule.registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: [...context.conditions, 'tw-source'] }),
  });
  await import(source.href);
}
