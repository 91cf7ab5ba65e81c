// numa/binding: how nodes reach Python.
#include "docstrings/numa.hpp"
#include "native/bind.hpp"
#include "native/numa/nodes.hpp"
#include "native/record.hpp"

namespace ntpages {

void bind_numa(py::module_& module) {
    bind_record<Node>(module, "Node", docs::Node::self, field(docs::Node::number, &Node::number),
                      field(docs::Node::processors, &Node::processors),
                      field(docs::Node::group, &Node::group),
                      field(docs::Node::available, &Node::available))
        .def_property_readonly("affinity", &Node::affinity, docs::Node::affinity);
    module.def("query_numa_nodes", &query_numa_nodes, ReleaseGil());
    module.def("numa_node_of", &numa_node_of, "address"_a, ReleaseGil());
}

}  // namespace ntpages
