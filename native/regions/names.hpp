// regions/names: which file is mapped at an address.
#pragma once

#include <windows.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ntpages {

class Names {
public:
    explicit Names(HANDLE process);

    // As people write it (C:\..., \\server\...) where that is known, else as the kernel does; empty
    // where no file is behind the address. Valid until the next call.
    std::wstring_view of(const void* address);

private:
    HANDLE process_;
    std::vector<std::byte> buffer_;
    std::vector<std::pair<std::wstring, std::wstring>> prefixes_;  // the kernel's, people's
    std::wstring name_;
};

}  // namespace ntpages
