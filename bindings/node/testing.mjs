import testing from './testing.cjs';

export const { Simulator, SimulatorError, _testingFail, _testingFailLater } = testing;
