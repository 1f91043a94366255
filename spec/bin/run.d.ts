export function isSupported(version: string): boolean;
export function runBin(binUrl: string, version?: string): Promise<void>;
