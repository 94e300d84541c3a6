import { AivmError } from '@aivm/core/errors';
import * as z from 'zod';

/** A JSON Schema as an object, as OpenAPI 3.1 takes it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What the OpenAPI document says of a schema whose checks are written by hand. */
const published = new WeakMap<z.core.$ZodType, JsonSchema>();

/** The JSON Schema that {@link wire} gave a schema. */
export const publishedSchemaOf = (schema: z.core.$ZodType): JsonSchema | undefined => published.get(schema);

/** A type with a JSON form on the wire and another form in memory. */
export interface WireType<T> {
  /** What the OpenAPI document says of the JSON form. */
  readonly schema: JsonSchema;
  /** @throws RangeError when the value is out of bounds, TypeError or AivmError when it has another form. */
  readonly decode: (value: unknown) => T;
  readonly encode: (value: T) => unknown;
}

const codeOf = (error: unknown): string => {
  if (error instanceof AivmError) return error.code;
  return error instanceof RangeError ? 'out_of_range' : 'malformed';
};

const messageOf = (error: unknown): string => {
  if (error instanceof AivmError) return error.detail;
  return error instanceof Error ? error.message : String(error);
};

/** A schema that reads `T` from JSON and writes it back; what is refused keeps its error code. */
export function wire<T>(type: WireType<T>): z.ZodType<T, unknown> {
  const json = z.unknown();
  const attempt = <A, B>(run: (value: A) => B, value: A, issues: z.core.$ZodRawIssue[]): B => {
    try {
      return run(value);
    } catch (error) {
      issues.push({
        code: 'custom',
        input: value,
        message: messageOf(error),
        params: { code: codeOf(error) },
      });
      return z.NEVER;
    }
  };
  const schema = z.codec(json, z.custom<T>(), {
    decode: (value, context) => attempt(type.decode, value, context.issues),
    encode: (value, context) => attempt(type.encode, value, context.issues),
  });
  published.set(json, type.schema);
  published.set(schema, type.schema);
  return schema;
}

const SHOWN_MAX = 60;

/** What a message shows of a value that was refused. */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, SHOWN_MAX));
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return Array.isArray(value)
    ? 'a list'
    : typeof value === 'object' && value !== null
      ? 'an object'
      : String(value);
}
