// awe/binding: how physical pages and windows reach Python.
#include "docstrings/awe.hpp"
#include "native/awe/pages.hpp"
#include "native/awe/window.hpp"
#include "native/bind.hpp"
#include "native/buffer.hpp"

namespace ntpages {
namespace {

// Some bytes of a window, lent on their own: the rest need not show anything.
class WindowPart : public Exposed {
public:
    WindowPart(Window& window, std::size_t offset, std::size_t size)
        : window_(window), offset_(offset), size_(size) {}

    Lent lend(bool) { return window_.lend_part(offset_, size_); }
    void give_back() noexcept { window_.give_back(); }

private:
    Window& window_;
    const std::size_t offset_;
    const std::size_t size_;
};

}  // namespace

// A leading underscore marks what ntpages.awe builds on; the rest it inherits as it is.
void bind_awe(py::module_& module) {
    py::class_<PhysicalPages, std::shared_ptr<PhysicalPages>>(
        module, "PhysicalPages", py::release_gil_before_calling_cpp_dtor())
        .def(py::init<std::size_t, std::optional<ULONG>>(), "count"_a, "node"_a, ReleaseGil())
        .def_property_readonly("obtained", &PhysicalPages::obtained, docs::PhysicalPages::obtained)
        .def_property_readonly("mapped", &PhysicalPages::mapped, docs::PhysicalPages::mapped)
        .def_property_readonly("closed", &PhysicalPages::closed, docs::PhysicalPages::closed)
        .def("close", &PhysicalPages::close, ReleaseGil());
    py::class_<WindowPart>(module, "WindowPart", py::custom_type_setup(&lend_part_of<WindowPart>));
    py::class_<Window>(module, "Window", py::custom_type_setup(&lend_bytes<Window>),
                       py::release_gil_before_calling_cpp_dtor())
        .def(py::init([](Allocation& allocation) {
                 return std::make_unique<Window>(taken(allocation));
             }),
             "allocation"_a, ReleaseGil())
        .def_property_readonly("size", &Window::size, docs::Window::size)
        .def_property_readonly("address", &Window::address, docs::Window::address)
        .def_property_readonly("mapped", &Window::mapped, docs::Window::mapped)
        .def_property_readonly("closed", &Window::closed, docs::Window::closed)
        .def("_map", &Window::map, "pages"_a, "slot"_a, "first"_a, "count"_a, ReleaseGil())
        .def("_map_scatter", &Window::map_scatter, "pages"_a, "placements"_a, ReleaseGil())
        .def("_unmap", &Window::unmap, "slot"_a, "count"_a, ReleaseGil())
        .def(
            "_part",
            [](Window& window, std::size_t offset, std::size_t size) {
                return WindowPart(window, offset, size);
            },
            "offset"_a, "size"_a, py::keep_alive<0, 1>())
        .def("close", &Window::close, ReleaseGil());
}

}  // namespace ntpages
