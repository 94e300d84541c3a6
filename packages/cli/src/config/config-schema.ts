import type { Command, Option } from 'commander';
import { configurableOptions } from './config-file.ts';
import { keyOf, kindOf, parserOf } from './config-option.ts';

type Schema = Readonly<Record<string, unknown>>;

const TEXT = { type: 'string', minLength: 1 } as const;
const DURATION = { type: ['string', 'integer'], pattern: '^[0-9]{1,9}(ms|s|m|h)?$', minimum: 0 } as const;

function schemaOf(option: Option): Schema {
  const kind = kindOf(option);
  switch (kind.kind) {
    case 'switch':
      return { type: 'boolean' };
    case 'integer':
      return { type: 'integer', minimum: kind.min, maximum: kind.max };
    case 'choice':
      return { enum: kind.choices };
    case 'duration':
      return DURATION;
    case 'amount':
      return { type: ['string', 'integer'] };
    case 'text':
      return parserOf(option) === undefined ? TEXT : { type: ['string', 'integer'] };
    case 'list':
      return kind.isPairs
        ? {
            anyOf: [
              { type: 'array', items: TEXT },
              { type: 'object', additionalProperties: { type: ['string', 'integer'] } },
            ],
          }
        : { anyOf: [{ type: 'array', items: TEXT }, TEXT] };
  }
}

const isShown = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);

/** The JSON schema (draft 2020-12) of the configuration file of a service: a property for each of its flags. */
export function createConfigSchema(command: Command): Schema {
  const properties = configurableOptions(command).map((option) => [
    keyOf(option),
    {
      description: option.description,
      ...schemaOf(option),
      ...(isShown(option.defaultValue) ? { default: option.defaultValue } : {}),
    },
  ]);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `Configuration of aivm ${command.name()}`,
    description: `aivm ${command.name()} --config FILE. A flag on the command line wins over a variable of the environment, and that over the file.`,
    type: 'object',
    additionalProperties: false,
    properties: { $schema: { type: 'string' }, ...Object.fromEntries(properties) },
  };
}
