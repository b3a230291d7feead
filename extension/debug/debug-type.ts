/** The type of the debug configurations, in launch.json. */
export const DEBUG_TYPE = 'kubectl-leader'
