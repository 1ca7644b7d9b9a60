import * as v from 'valibot';
import { NotUnderstood } from '../item.ts';

/**
 * Reads JSON and holds it against a schema.
 *
 * @returns a parser of raw text that throws {@link NotUnderstood} with the path of the first thing that does not fit
 */
export function json<S extends v.GenericSchema>(schema: S): (text: string) => v.InferOutput<S> {
  return (text) => {
    const result = v.safeParse(schema, readJson(text));
    if (result.success) return result.output;
    const [issue] = result.issues;
    throw new NotUnderstood(`${v.getDotPath(issue) ?? 'the document'}: ${issue.message}`);
  };
}

/** Reads an array of rows, as the database part of a bundle and `ip -j` print them. */
export function rows<S extends v.GenericSchema>(row: S): (text: string) => v.InferOutput<S>[] {
  return json(v.array(row));
}

/** Parses JSON text. @throws NotUnderstood where it is none */
function readJson(text: string): unknown {
  if (text.trim() === '') throw new NotUnderstood('is empty where JSON is due');
  try {
    return JSON.parse(text);
  } catch {
    throw new NotUnderstood('is not JSON, or was cut');
  }
}
