import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    // Two cores: more threads than that only make slow tests time out.
    maxWorkers: 2,
    testTimeout: 30_000,
  },
})
