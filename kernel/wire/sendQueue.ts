/** One queue per socket: zeromq's `send` throws EBUSY when a second call starts before the first has ended. */

/** A socket that sends frames. */
export interface Sender {
  send(frames: Buffer[]): Promise<void>;
}

/** Sends in the order of the calls, one at a time. */
export class SendQueue {
  private tail: Promise<void> = Promise.resolve();
  private unsent = 0;

  /** @param onError  told of a failed send (the peer is gone, the socket is closed); the queue goes on */
  constructor(
    private readonly socket: Sender,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Queues one multi-part message. */
  send(frames: Buffer[]): Promise<void> {
    this.unsent += 1;
    this.tail = this.tail
      .then(() => this.socket.send(frames))
      .catch(this.onError)
      .then(() => {
        this.unsent -= 1;
      });
    return this.tail;
  }

  /** Messages that are not yet with ZeroMQ. */
  get length(): number {
    return this.unsent;
  }

  /** Resolves when everything queued so far is handed to ZeroMQ. */
  flushed(): Promise<void> {
    return this.tail;
  }
}
