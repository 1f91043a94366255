import type { Step, Usage } from './step.ts';

/** What a token belongs to. */
export type Channel = 'text' | 'reasoning' | 'tool_call' | 'refusal';

/** A token as the journal counts it. */
export interface Token {
  text: string;
  channel: Channel;
}

/** What changes in the answer with one chunk, in OpenAI's words. */
export interface Delta {
  role?: 'assistant';
  content?: string;
  reasoning_content?: string;
  refusal?: string;
  tool_calls?: ToolCallDelta[];
}

export interface ToolCallDelta {
  index: number;
  id?: string;
  type?: 'function';
  function: { name?: string; arguments?: string };
}

/** One chunk of the answer, before it has a format. */
export type ChatEvent =
  | { kind: 'delta'; delta: Delta; token?: Token }
  | { kind: 'finish'; reason: string }
  | { kind: 'usage'; usage: Usage };

/** A step that says something. */
export type Speech = Extract<
  Step,
  { kind: 'role' | 'text' | 'batch' | 'reasoning' | 'tool_call' | 'refusal' | 'finish' | 'usage' }
>;

/** The chunks that one step becomes. */
export function eventsOf(step: Speech): ChatEvent[] {
  switch (step.kind) {
    case 'role':
      return [{ kind: 'delta', delta: { role: 'assistant', content: '' } }];
    case 'text':
      return [textEvent(step.text)];
    case 'batch':
      return step.texts.map(textEvent);
    case 'reasoning':
      return [spoken({ reasoning_content: step.text }, step.text, 'reasoning')];
    case 'refusal':
      return [spoken({ refusal: step.text }, step.text, 'refusal')];
    case 'tool_call':
      return [spoken({ tool_calls: [toolCallDelta(step)] }, step.arguments ?? '', 'tool_call')];
    case 'finish':
      return [{ kind: 'finish', reason: step.reason }];
    case 'usage': {
      const { kind, ...usage } = step;
      return [{ kind, usage }];
    }
    default:
      return step satisfies never;
  }
}

const textEvent = (text: string): ChatEvent => spoken({ content: text }, text, 'text');

const spoken = (delta: Delta, text: string, channel: Channel): ChatEvent => ({
  kind: 'delta',
  delta,
  token: { text, channel },
});

function toolCallDelta(step: Extract<Step, { kind: 'tool_call' }>): ToolCallDelta {
  return {
    index: step.index,
    ...(step.id !== undefined && { id: step.id, type: 'function' }),
    function: {
      ...(step.name !== undefined && { name: step.name }),
      ...(step.arguments !== undefined && { arguments: step.arguments }),
    },
  };
}
