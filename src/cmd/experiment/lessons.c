#include "cmd/experiment/lesson.h"

const struct experiment *const experiments[EXPERIMENTS] = {
    &experiment_two_addresses,
    &experiment_one_server,
    &experiment_two_ports,
    &experiment_same_tuple,
    &experiment_time_wait,
    &experiment_spread,
    &experiment_handover,
    &experiment_self_connect,
    &experiment_simultaneous_open,
    &experiment_punch,
    &experiment_wildcard,
    &experiment_ephemeral,
    &experiment_bind_cost,
    &experiment_backlog,
};
