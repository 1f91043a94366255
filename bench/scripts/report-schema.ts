/** Writes report.schema.json from the schema in the source. */
import { writeFileSync } from 'node:fs';
import { reportSchema } from '../src/report/schema.ts';

writeFileSync(
  new URL('../report.schema.json', import.meta.url),
  `${JSON.stringify(reportSchema(), null, 2)}\n`,
);
