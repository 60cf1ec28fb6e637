/** Columns of a row as they were written; what a damaged file gives instead is nothing, and no exception. */

export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
export const int = (value: unknown): number => (typeof value === 'number' ? value : 0);
