import { z } from 'zod';

const milliseconds = z.number().min(0);
const count = z.int().min(0);

const usageFields = {
  input_tokens: count,
  output_tokens: count,
  cached_tokens: count.optional(),
  reasoning_tokens: count.optional(),
};
const usageSchema = z.strictObject(usageFields);

const stepSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('delay'), ms: milliseconds }),
  z.strictObject({ kind: z.literal('barrier'), name: z.string() }),
  z.strictObject({ kind: z.literal('hang') }),
  z.strictObject({
    kind: z.literal('refuse'),
    status: z.int().min(400).max(599),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.unknown().optional(),
  }),
  z.strictObject({ kind: z.literal('accept') }),
  z.strictObject({ kind: z.literal('role') }),
  z.strictObject({
    kind: z.literal('text'),
    text: z.string(),
    cutAt: z.array(z.int().positive()).optional(),
  }),
  z.strictObject({ kind: z.literal('batch'), texts: z.array(z.string()).min(1) }),
  z.strictObject({ kind: z.literal('reasoning'), text: z.string() }),
  z.strictObject({
    kind: z.literal('tool_call'),
    index: count,
    id: z.string().optional(),
    name: z.string().optional(),
    arguments: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal('refusal'), text: z.string() }),
  z.strictObject({ kind: z.literal('finish'), reason: z.string() }),
  z.strictObject({ kind: z.literal('usage'), ...usageFields }),
  z.strictObject({ kind: z.literal('done') }),
  z.strictObject({ kind: z.literal('malformed'), raw: z.string().optional() }),
  z.strictObject({ kind: z.literal('eof') }),
  z.strictObject({ kind: z.literal('reset') }),
]);

const scriptSchema = z.array(stepSchema).superRefine((script, context) => {
  let sent: string | undefined;
  for (const [position, step] of script.entries()) {
    const fault = step.kind === 'refuse' && sent ? `a refusal cannot follow "${sent}"` : cutFault(step);
    if (fault) context.addIssue({ code: 'custom', path: [position], message: fault });
    if (!waits.has(step.kind)) sent ??= step.kind;
  }
});

const waits = new Set<Step['kind']>(['delay', 'barrier', 'hang']);

function cutFault(step: Step): string | undefined {
  if (step.kind !== 'text' || !step.cutAt) return undefined;
  const bytes = Buffer.byteLength(step.text);
  const outside = step.cutAt.find((at) => at >= bytes);
  return outside === undefined ? undefined : `cutAt ${outside} is not inside a text of ${bytes} bytes`;
}

/** One step of what the model does. Plain JSON; the README has a table of the kinds. */
export type Step = z.infer<typeof stepSchema>;

/** What the model does with one request, from its first step to its last. */
export type Script = Step[];

/** What a call cost, in tokens. */
export type Usage = z.infer<typeof usageSchema>;

export type DecodedScript = { ok: true; script: Script } | { ok: false; message: string };

/** Checks a script that comes from outside, or from a caller without types. */
export function decodeScript(value: unknown): DecodedScript {
  const result = scriptSchema.safeParse(value);
  return result.success
    ? { ok: true, script: result.data }
    : { ok: false, message: firstFault(result.error) };
}

/** The first problem as one line: where, what was expected and what came. */
export function firstFault(error: z.ZodError): string {
  const [issue] = error.issues;
  if (!issue) return error.message;
  const where = issue.path.map(String).join('.');
  return where ? `${where}: ${issue.message}` : issue.message;
}
