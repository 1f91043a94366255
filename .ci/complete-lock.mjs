/**
 * Completes package-lock.json. A registry mirror may lack the packages of other platforms; npm then leaves these optional
 * packages out of the lock, and `npm ci` refuses it everywhere. Run it after `npm install` has changed the lock.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const added = [];

for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`;
    if (place in lock.packages || !/^\d/.test(version)) continue;
    lock.packages[place] = { version, ...platformOf(name), dev: true, optional: true };
    added.push(name);
  }
}

lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added.length} packages of other platforms added`);

/** What the name says: …-linux-arm64-musl. */
function platformOf(name) {
  const [, os, cpu, libc = ''] =
    /(android|darwin|freebsd|linux|openharmony|win32)-([a-z0-9]+)(?:-([a-z]+))?$/.exec(name) ?? [];
  const isLibc = libc.startsWith('musl') ? 'musl' : libc.startsWith('gnu') ? 'glibc' : undefined;
  if (os === undefined) return {};
  return { ...(os === 'linux' && isLibc ? { libc: [isLibc] } : {}), os: [os], cpu: [cpu] };
}
