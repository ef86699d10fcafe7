/** One queue per socket: zeromq's `send` throws EBUSY when a second call starts before the first has ended. */

/** A socket that sends frames. */
export interface Sender {
  send(frames: Buffer[]): Promise<void>;
}

/** Sends in the order of the calls, one at a time. */
export class SendQueue {
  private tail: Promise<void> = Promise.resolve();

  /** @param onError  told of a failed send (the peer is gone, the socket is closed); the queue goes on */
  constructor(
    private readonly socket: Sender,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Queues one multi-part message. */
  send(frames: Buffer[]): Promise<void> {
    this.tail = this.tail.then(() => this.socket.send(frames)).catch(this.onError);
    return this.tail;
  }

  /** Resolves when everything queued so far is handed to ZeroMQ. */
  flushed(): Promise<void> {
    return this.tail;
  }
}
