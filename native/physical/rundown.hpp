// physical/rundown: what files are called, as the kernel's tracing tells when a session ends.
#pragma once

#include <memory>
#include <string>

#include "native/physical/files.hpp"

namespace ntpages {

// Has the kernel trace file names into this file for a moment. At the end of a session it names all
// files that are open, and those alone.
std::unique_ptr<FileNames> trace_file_names(const std::wstring& log);

}  // namespace ntpages
