/** The contract of the JSON file for those who do not use TypeScript. */
import { z } from 'zod';
import { result } from '../result/schema.ts';

/** JSON Schema of a result. */
export function reportSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(result, { io: 'input' });
  const title = 'A result of the Tokenwire benchmark';
  return { $schema, title, ...schema };
}
