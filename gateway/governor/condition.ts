/** An exceeded budget as it is remembered. */
import { z } from 'zod';
import type { Severity } from '../../core/conclusion.ts';
import type { Resource } from '../../core/resource-budgets.ts';

export const raisedSchema = z.object({
  level: z.int().min(1),
  /** Id of the event that raised it. */
  id: z.string(),
  correlation: z.string(),
  since: z.number(),
  /** Events of it so far. */
  steps: z.number(),
});
export type Raised = z.output<typeof raisedSchema>;

export interface OpenBudget extends Raised {
  readonly resource: Resource;
}

export const budgetSubject = (resource: Resource): string => `budget/${resource}`;

export const budgetSeverity = (level: number): Severity => (level <= 1 ? 'LOW' : 'MEDIUM');
