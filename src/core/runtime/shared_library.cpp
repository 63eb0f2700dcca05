#include "core/runtime/shared_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <utility>

#include "core/runtime/error.h"

namespace mscomm {

SharedLibrary::SharedLibrary(const char* name, Naming naming)
    : handle_(dlopen(name, RTLD_LAZY | RTLD_LOCAL)), naming_(std::move(naming)) {
  if (handle_ == nullptr) {
    const char* const reason = dlerror();
    throw Error(Exit::usage,
                fmt::format("cannot load {}, {}: {}", naming_.title, naming_.purpose, reason),
                naming_.install_hint);
  }
}

SharedLibrary::Function SharedLibrary::function(const char* symbol) const {
  void* const address = dlsym(handle_, symbol);
  if (address == nullptr) {
    throw Error(Exit::usage, fmt::format("{} has no function {}", naming_.title, symbol),
                naming_.install_hint);
  }
  return Function(address);
}

}  // namespace mscomm
