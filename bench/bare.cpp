// bare: the table of contents of ntpages.bench._bare.
#include "bench/bare.hpp"

PYBIND11_MODULE(_bare, module) {
    using namespace ntpages::bare;
    bind_awe(module);
    bind_numa(module);
    bind_regions(module);
    bind_regions_walk(module);
    bind_sparse(module);
    bind_system(module);
    bind_processes(module);
    bind_working_sets(module);
    bind_heaps(module);
}
