import { ERROR_CODES } from '@aivm/core/errors';
import { createOpenapi, listRoutes, routes, stringifyJson } from '@aivm/sdk';
import { describe, expect, it } from 'vitest';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly { name: string; in: string; required: boolean; schema: object }[];
  readonly requestBody?: { content: Record<string, { schema: object }> };
  readonly responses: Record<string, { description: string; content: Record<string, { schema: object }> }>;
}

const document = createOpenapi() as unknown as {
  readonly openapi: string;
  readonly info: { title: string; version: string };
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { schemas: Record<string, object> };
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

const KEYWORDS = new Set(
  '$ref additionalProperties allOf anyOf const contentEncoding default description enum format items maxItems maxLength maximum minItems minLength minimum oneOf pattern properties propertyNames required type exclusiveMinimum exclusiveMaximum not'.split(
    ' ',
  ),
);
const TYPES = new Set(['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']);

/** Walks a JSON Schema and checks every keyword that this contract uses. */
function checkSchema(schema: unknown, where: string): void {
  expect(typeof schema, where).toBe('object');
  for (const [keyword, value] of Object.entries(schema as object)) {
    expect(KEYWORDS.has(keyword), `${where}: ${keyword}`).toBe(true);
    if (keyword === '$ref') {
      const name = /^#\/components\/schemas\/(\w+)$/.exec(String(value))?.[1] ?? '';
      expect(Object.keys(document.components.schemas), where).toContain(name);
    }
    if (keyword === 'type') {
      for (const type of [value].flat())
        expect(TYPES.has(String(type)), `${where}: type ${String(type)}`).toBe(true);
    }
    if (keyword === 'pattern') expect(() => new RegExp(String(value), 'u')).not.toThrow();
    if (keyword === 'items' || keyword === 'not') checkSchema(value, `${where}.${keyword}`);
    if (keyword === 'additionalProperties' && typeof value === 'object') checkSchema(value, where);
    if (['anyOf', 'oneOf', 'allOf'].includes(keyword)) {
      for (const [i, inner] of (value as unknown[]).entries())
        checkSchema(inner, `${where}.${keyword}[${i}]`);
    }
    if (keyword === 'properties') {
      for (const [name, inner] of Object.entries(value as object)) checkSchema(inner, `${where}.${name}`);
    }
    if (keyword === 'required') {
      const { properties } = schema as { properties: object };
      for (const name of value as string[]) expect(Object.keys(properties), where).toContain(name);
    }
  }
}

describe('the OpenAPI document', () => {
  it('is one that JSON can hold and that names its version', () => {
    expect(JSON.parse(stringifyJson(document))).toEqual(document);
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toMatchObject({ title: 'AIVM', version: '1.0.0' });
  });

  it('has every route of the contract, and nothing else', () => {
    const listed = operations.flatMap(({ operation }) => operation.operationId.split('_or_')).sort();
    expect(listed).toEqual(Object.keys(routes).sort());
    for (const route of listRoutes()) {
      const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
      expect(document.paths[path]?.[route.method.toLowerCase()]?.operationId.split('_or_')).toContain(
        route.name,
      );
    }
  });

  it('declares each path parameter, and only those', () => {
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = operation.parameters.filter((parameter) => parameter.in === 'path');
      expect(
        declared.map(({ name }) => name),
        path,
      ).toEqual(inPath);
      expect(declared.every(({ required }) => required)).toBe(true);
      const names = operation.parameters.map(({ name }) => name);
      expect(new Set(names).size, path).toBe(names.length);
    }
  });

  it('holds only JSON Schema, with references that lead somewhere', () => {
    for (const [name, schema] of Object.entries(document.components.schemas)) checkSchema(schema, name);
    for (const { path, operation } of operations) {
      for (const { name, schema } of operation.parameters) checkSchema(schema, `${path} ${name}`);
      for (const { schema } of Object.values(operation.requestBody?.content ?? {}))
        checkSchema(schema, `${path} body`);
      for (const [status, { content }] of Object.entries(operation.responses)) {
        for (const { schema } of Object.values(content)) checkSchema(schema, `${path} ${status}`);
      }
    }
  });

  it('says of every operation what it answers and how it refuses', () => {
    for (const { path, method, operation } of operations) {
      expect(operation.summary.length, path).toBeGreaterThan(10);
      expect(Object.keys(operation.responses)).toContain('200');
      expect(operation.requestBody !== undefined, path).toBe(method !== 'get');
    }
    for (const route of listRoutes()) {
      const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
      const responses = document.paths[path]?.[route.method.toLowerCase()]?.responses ?? {};
      for (const code of route.errors) {
        expect(responses[String(ERROR_CODES[code].status)]?.description, `${route.name} ${code}`).toContain(
          `\`${code}\``,
        );
      }
    }
  });

  it('tells uint64 from other integers', () => {
    expect(document.components.schemas.Task).toMatchObject({
      properties: { fee: { type: 'integer', format: 'uint64', minimum: 0 }, escrow: { type: 'string' } },
    });
  });
});
