import type { GraphNode } from './graph.ts';
import type { Rewriting } from './rewriting.ts';

/** Dense layers read and write rows under any axes behind the leading ones: reshapes beside them go. */
export function foldReshapes(r: Rewriting): void {
  for (const node of r.graph.nodes) {
    if (node.operation.kind !== 'reshape' || node.grid !== undefined) continue;
    const producer = r.node(node.inputs[0]);
    if (sameDims(node, producer)) {
      r.replace(node.id, producer.id);
      continue;
    }
    if (producer.operation.kind === 'reshape' && r.soleConsumer(producer.id) === node) {
      node.inputs = producer.inputs;
      r.changedInputs();
      continue;
    }
    if (producer.operation.kind === 'dense' && r.soleConsumer(producer.id) === node) {
      const leading = producer.operation.leading;
      if (!sameLeading(producer, node, leading)) continue;
      producer.dims = node.dims;
      r.replace(node.id, producer.id);
      continue;
    }
    const consumers = r.consumers(node.id);
    const isRead = (consumer: GraphNode): boolean =>
      consumer.operation.kind === 'dense' && sameLeading(producer, node, consumer.operation.leading);
    if (r.graph.output !== node.id && consumers.length > 0 && consumers.every(isRead))
      r.replace(node.id, producer.id);
  }
}

const sameDims = (a: GraphNode, b: GraphNode): boolean =>
  a.dims.length === b.dims.length && a.dims.every((length, axis) => length === b.dims[axis]);

/** Whether the first `count` axes are the same, with others behind them. */
const sameLeading = (a: GraphNode, b: GraphNode, count: number): boolean =>
  a.dims.length > count &&
  b.dims.length > count &&
  a.dims.slice(0, count).every((length, axis) => length === b.dims[axis]);

/** Two transposes are one, or none. */
export function foldTransposes(r: Rewriting): void {
  for (const node of r.graph.nodes) {
    if (node.operation.kind !== 'transpose') continue;
    const producer = r.node(node.inputs[0]);
    if (node.operation.order.every((axis, i) => axis === i)) {
      r.replace(node.id, producer.id);
    } else if (producer.operation.kind === 'transpose') {
      const { order } = producer.operation;
      node.operation = {
        kind: 'transpose',
        order: node.operation.order.map((axis) => order[axis] as number),
      };
      node.inputs = producer.inputs;
      r.changedInputs();
    }
  }
}

/** Zeros around an image are places outside of it for a convolution. */
export function foldPads(r: Rewriting): void {
  for (const node of r.graph.nodes) {
    if (node.operation.kind !== 'conv') continue;
    const pad = r.node(node.inputs[0]);
    if (pad.operation.kind !== 'pad') continue;
    const image = r.node(pad.inputs[0]);
    const [top, left, channel] = pad.operation.before as [number, number, number];
    if (channel !== 0 || image.dims[2] !== pad.dims[2]) continue;
    const { window } = node.operation;
    if (window.top + top > 255 || window.left + left > 255) continue;
    node.operation = {
      ...node.operation,
      window: { ...window, top: window.top + top, left: window.left + left },
    };
    node.inputs = [image.id];
    r.changedInputs();
  }
}
