import { defineConfig } from 'vitest/config';

/** What measures time must have the machine for itself: it runs when everything else is done. */
const MEASURING = 'bench/test/calibrate/*.alone.test.ts';

export default defineConfig({
  resolve: { conditions: ['tw-source'] },
  ssr: { resolve: { conditions: ['tw-source', 'node', 'import', 'default'] } },
  test: {
    reporters: process.env['CI'] ? ['verbose'] : ['default'],
    setupFiles: ['./vitest.setup.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['**/test/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', MEASURING],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'measuring',
          include: [MEASURING],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
