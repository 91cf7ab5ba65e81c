// numa/binding: how nodes reach Python.
#include "docstrings/numa.hpp"
#include "native/bind.hpp"
#include "native/numa/nodes.hpp"
#include "native/record.hpp"
#include "native/regions/region.hpp"

namespace ntpages {
namespace {

// It stays for as long as that takes.
std::optional<std::uint32_t> numa_node_in(const Region& region, std::size_t offset) {
    const auto use = region.use();
    require_part(offset, 1, region.size());
    return numa_node_of(reinterpret_cast<std::uintptr_t>(region.base()) + offset);
}

}  // namespace

void bind_numa(py::module_& module) {
    bind_record<GroupProcessors>(
        module, "GroupProcessors", docs::GroupProcessors::self,
        field(docs::GroupProcessors::group, &GroupProcessors::group),
        field(docs::GroupProcessors::processors, &GroupProcessors::processors))
        .def_property_readonly("affinity", &GroupProcessors::affinity,
                               docs::GroupProcessors::affinity);
    bind_record<Node>(module, "Node", docs::Node::self, field(docs::Node::number, &Node::number),
                      field(docs::Node::groups, &Node::groups),
                      field(docs::Node::available, &Node::available))
        .def_property_readonly(
            "processors",
            [](const Node& self) { return py::tuple(py::cast(self.primary().processors)); },
            docs::Node::processors)
        .def_property_readonly(
            "group", [](const Node& self) { return self.primary().group; }, docs::Node::group)
        .def_property_readonly(
            "affinity", [](const Node& self) { return self.primary().affinity(); },
            docs::Node::affinity)
        .def_property_readonly("processor_count", &Node::processor_count,
                               docs::Node::processor_count);
    module.def("query_numa_nodes", &query_numa_nodes, ReleaseGil());
    module.def("numa_node_of", &numa_node_of, "address"_a, ReleaseGil());
    module.def("numa_node_in", &numa_node_in, "region"_a, "offset"_a, ReleaseGil());
}

}  // namespace ntpages
