/** What the server reports to its operator. Never a credential, a session, a prompt or an answer. */
export interface LogEvent {
  readonly level: 'info' | 'error';
  readonly event: 'close' | 'refused_upgrade' | 'authenticate_failed' | 'internal' | 'drain';
  /** `welcome.conn` of the connection that it is about. */
  readonly conn?: string;
  readonly message: string;
}
