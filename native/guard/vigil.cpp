// guard/vigil: NtOpenEvent and WaitForMultipleObjects.
#include "native/guard/vigil.hpp"

#include <array>
#include <stdexcept>

#include "native/error.hpp"
#include "native/guard/nt.hpp"

namespace ntpages {
namespace {

Handle open_condition(const std::string& name) {
    const auto path = L"\\KernelObjects\\" + utf16(name);
    const auto bytes = static_cast<USHORT>(path.size() * sizeof(wchar_t));
    const nt::UnicodeString text{bytes, bytes, path.data()};
    const nt::ObjectAttributes attributes{sizeof(attributes),          nullptr, &text,
                                          nt::object_case_insensitive, nullptr, nullptr};
    HANDLE opened = nullptr;
    const auto status = nt::open_event(&opened, SYNCHRONIZE, &attributes);
    if (status < 0) fail_status("NtOpenEvent", status, name);
    return own(opened);
}

bool is_set(HANDLE event) {
    const auto result = WaitForSingleObject(event, 0);
    if (result == WAIT_FAILED) fail("WaitForSingleObject");
    return result == WAIT_OBJECT_0;
}

}  // namespace

Vigil::Vigil(const std::vector<std::string>& conditions)
    : stop_(check(CreateEventW(nullptr, TRUE, FALSE, nullptr), "CreateEventW")) {
    if (conditions.size() >= MAXIMUM_WAIT_OBJECTS) {
        throw std::length_error("more conditions than Windows waits for at once");
    }
    events_.reserve(conditions.size());
    for (const auto& name : conditions) events_.push_back(open_condition(name));
}

std::vector<std::size_t> Vigil::look() {
    std::vector<std::size_t> found;
    std::uint64_t held = 0;
    for (std::size_t i = 0; i < events_.size(); ++i) {
        if (!is_set(events_[i].get())) continue;
        found.push_back(i);
        held |= std::uint64_t{1} << i;
    }
    held_.store(held);
    return found;
}

bool Vigil::wait(std::uint32_t milliseconds) const {
    std::array<HANDLE, MAXIMUM_WAIT_OBJECTS> handles{stop_.get()};
    DWORD count = 1;
    const auto held = held_.load();
    for (std::size_t i = 0; i < events_.size(); ++i) {
        if ((held >> i & 1) == 0) handles[count++] = events_[i].get();
    }
    const auto result = WaitForMultipleObjects(count, handles.data(), FALSE, milliseconds);
    if (result == WAIT_FAILED) fail("WaitForMultipleObjects");
    return result != WAIT_TIMEOUT;
}

void Vigil::stop() const {
    check(SetEvent(stop_.get()), "SetEvent");
}

}  // namespace ntpages
