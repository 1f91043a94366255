/** A process for tests: it ends before it is ready. */
process.exit(4);
