import type { CircuitControl } from './circuit-control.ts';
import type { Gateway } from './gateway.ts';
import type { Permission } from './permissions.ts';
import type { CircuitReport } from './ports/index.ts';

/** `hub.circuits`: the state of what the hub may leave alone, and control over it. */
export class Circuits {
  readonly #gateway: Gateway;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /**
   * All circuits that were ever asked for and are still remembered.
   * @throws NexusError `forbidden` where the role that the authenticator gives this program does not permit it.
   */
  async list(): Promise<readonly CircuitReport[]> {
    return (await this.#control('circuits.read')).list();
  }

  /**
   * Holds a circuit open: what it stands for is not asked until somebody says otherwise.
   * @throws NexusError `not_found`, `operation_unsupported`, `forbidden`
   */
  async open(id: string): Promise<CircuitReport> {
    return (await this.#control('circuits.write')).hold(id, 'open');
  }

  /**
   * Holds a circuit closed: what it stands for is asked whatever happens.
   * @throws NexusError `not_found`, `operation_unsupported`, `forbidden`
   */
  async close(id: string): Promise<CircuitReport> {
    return (await this.#control('circuits.write')).hold(id, 'closed');
  }

  /**
   * Lets a circuit go by its own rule again, closed at first; also mends one that opened by itself.
   * @throws NexusError `not_found`, `operation_unsupported`, `forbidden`
   */
  async auto(id: string): Promise<CircuitReport> {
    return (await this.#control('circuits.write')).hold(id, 'auto');
  }
  async #control(permission: Permission): Promise<CircuitControl> {
    return this.#gateway.circuitsFor(await this.#gateway.authorize({ via: 'process' }, permission));
  }
}
