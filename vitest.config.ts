import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['tw-source'] },
  ssr: { resolve: { conditions: ['tw-source', 'node', 'import', 'default'] } },
  test: {
    include: ['**/test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    setupFiles: ['./vitest.setup.ts'],
    reporters: process.env['CI'] ? ['verbose'] : ['default'],
  },
});
