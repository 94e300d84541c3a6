import type { ErrorCode } from '@aivm/core/errors';
import type { z } from 'zod';

/** How a route answers. */
export type AnswerKind = 'json' | 'text' | 'events' | 'bytes';

/** One route of the contract. The server, the typed client and the OpenAPI document are all made from it. */
export interface Route {
  /** The operation id. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Below the base path; parameters as `:name`. */
  readonly path: string;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Whether the body is bytes and no JSON. */
  readonly takesBytes?: boolean;
  /** The answer; for `events` the data of one event. */
  readonly response: z.ZodType;
  readonly answers: AnswerKind;
  /** Codes that the route may answer, besides those that every route may. */
  readonly errors: readonly ErrorCode[];
  /**
   * For routes that share method and path: the query parameters of which any one selects this one. The one without
   * takes what is left.
   */
  readonly selectedBy?: readonly string[];
  /**
   * The member of the query or the body that the client's method takes as its first argument. Default: the parameter of
   * the path, where there is one.
   */
  readonly argument?: string;
  /** Whether doing it twice is doing it once, so that a client may repeat it after a failure. */
  readonly isRepeatable: boolean;
  /** Whether it is a write of the Go service, which carries no signature. */
  readonly isUnsignedWrite: boolean;
}

type RouteInput = Pick<Route, 'name' | 'path' | 'summary' | 'response'> & Partial<Route>;

type Defined<R extends RouteInput> = R &
  Omit<Route, 'params' | 'query' | 'body' | 'response' | 'selectedBy' | 'argument' | keyof R>;

/**
 * A read.
 * @example getRoute({ name: 'getHeight', path: '/height', summary: 'The height.', response: z.number() }).method // 'GET'
 */
export const getRoute = <const R extends RouteInput>(route: R): Defined<R> =>
  ({
    method: 'GET',
    answers: 'json',
    errors: [],
    isRepeatable: true,
    isUnsignedWrite: false,
    ...route,
  }) as Defined<R>;

/**
 * A write of the Go service: unsigned, done once.
 * @example unsignedWriteRoute({ name: 'post', path: '/post', summary: 'Posts.', response: z.number() }).isRepeatable // false
 */
export const unsignedWriteRoute = <const R extends RouteInput>(route: R): Defined<R> =>
  ({
    method: 'POST',
    answers: 'json',
    isRepeatable: false,
    isUnsignedWrite: true,
    ...route,
    errors: ['unsigned', 'forbidden', 'timeout', 'pool_full', ...(route.errors ?? [])],
  }) as unknown as Defined<R>;

/** The value in memory of a member of a route, nothing where the route has no such member. */
export type RouteValue<R, K extends 'params' | 'query' | 'body'> = R extends {
  readonly [P in K]: infer S extends z.ZodType;
}
  ? z.output<S>
  : undefined;

/** The answer of a route in memory. */
export type RouteAnswer<R extends { readonly response: z.ZodType }> = z.output<R['response']>;
