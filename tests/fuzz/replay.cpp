// Gives every file of a folder to a fuzzer's function, where there is no libFuzzer.
//
//   broker_url_replay FILE|FOLDER...

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "fuzz/fuzzer.h"

namespace {

std::vector<std::filesystem::path> files_of(int count, char** paths) {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < count; ++i) {
    if (std::filesystem::is_directory(paths[i])) {
      for (const auto& entry : std::filesystem::directory_iterator(paths[i])) {
        files.push_back(entry.path());
      }
    } else {
      files.emplace_back(paths[i]);
    }
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

int main(int count, char** arguments) {
  const auto files = files_of(count, arguments);
  for (const auto& path : files) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (!file) {
      std::fprintf(stderr, "cannot read %s\n", path.c_str());
      return 1;
    }
    // Named before, so that a crash is known by its last line.
    std::printf("%s\n", path.c_str());
    std::fflush(stdout);
    // As libFuzzer does it: exactly as large as the input, so that a sanitizer sees what lies past
    // it.
    const auto exact = std::make_unique<char[]>(bytes.size());
    std::ranges::copy(bytes, exact.get());
    mscomm::test::fuzz({exact.get(), bytes.size()});
  }
  std::printf("%zu files\n", files.size());
  return files.empty() ? 1 : 0;
}
