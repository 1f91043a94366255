/** What a case is. */
import type { RequirementId } from '@tokenwire/spec';
import type { Kit } from './kit.ts';
import type { Profile } from './target.ts';

export interface Case {
  /** `section/what-is-tried`, after the sections of PROTOCOL.md. */
  id: string;
  /** A plain sentence. */
  title: string;
  /** Ids of the rules that it proves. */
  requirements: readonly RequirementId[];
  server?: Profile;
  /** Does it judge what the model saw? */
  journal?: boolean;
  /** Runs while no other case does: it keeps the machine so busy that bounds of others would suffer. */
  alone?: boolean;
  /** Part of the quick look of `--smoke`. */
  smoke?: boolean;
  run: (kit: Kit) => Promise<void>;
}
