// regions/names: which file is mapped at an address, and what people call it.
#pragma once

#include <windows.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ntpages {

// Paths of the kernel's, as people write them: C:\..., \\server\...
class DosNames {
public:
    DosNames();

    // The path itself where no drive is behind it. Valid until the next call.
    std::wstring_view of(std::wstring_view path);

private:
    std::vector<std::pair<std::wstring, std::wstring>> prefixes_;  // the kernel's, people's
    std::wstring name_;
};

class Names {
public:
    explicit Names(HANDLE process);

    // As people write it (C:\..., \\server\...) where that is known, else as the kernel does; empty
    // where no file is behind the address. Valid until the next call.
    std::wstring_view of(const void* address);

private:
    HANDLE process_;
    std::vector<std::byte> buffer_;
    DosNames letters_;
};

}  // namespace ntpages
