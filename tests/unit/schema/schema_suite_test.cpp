// The official test suite of JSON Schema: github.com/json-schema-org/JSON-Schema-Test-Suite.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/runtime/error.h"
#include "core/runtime/files.h"
#include "core/schema/json_schema.h"

namespace mscomm {
namespace {

namespace fs = std::filesystem;
using SuiteJson = nlohmann::ordered_json;

struct SuiteRow {
  SchemaDialect dialect;
  const char* folder;
};

// The folder of the suite: what the environment says, what lies beside the checkout, or Debian's
// package json-schema-test-suite, which has the older dialects only.
std::optional<fs::path> suite_folder() {
  std::vector<fs::path> places;
  if (const auto* const named = std::getenv("MSCOMM_TEST_SCHEMA_SUITE")) {
    places.emplace_back(named);
  }
  auto folder = fs::read_symlink("/proc/self/exe");
  while (folder.has_relative_path()) {
    folder = folder.parent_path();
    places.push_back(folder / "shared/data/json-schema-test-suite");
  }
  places.emplace_back("/usr/share/json-schema-test-suite");
  const auto found =
      std::ranges::find_if(places, [](const auto& place) { return fs::exists(place / "tests"); });
  return found == places.end() ? std::nullopt : std::optional(*found);
}

// What is not done: another dialect, what PCRE2 10.42 cannot, and 1.0 is an integer in draft 4 too.
bool is_known(const std::string& failure) {
  return std::ranges::any_of(
      std::array{"draft/2019-09/schema' is not known", "a variable-width lookbehind",
                 "a float is not an integer even without fractional part"},
      [&](const char* part) { return failure.find(part) != std::string::npos; });
}

SuiteJson read_json(const fs::path& path) { return SuiteJson::parse(read_file(path)); }

class SchemaSuite : public testing::TestWithParam<SuiteRow> {
 protected:
  void SetUp() override {
    const auto folder = suite_folder();
    if (!folder || !fs::exists(*folder / "tests" / GetParam().folder)) {
      GTEST_SKIP() << "there is no " << GetParam().folder << " of the JSON Schema test suite; "
                   << "MSCOMM_TEST_SCHEMA_SUITE can name its folder";
    }
    suite_ = *folder;
    options_.dialect = GetParam().dialect;
    options_.asserts_formats = false;
    options_.load = [this](const std::string& uri) -> std::shared_ptr<const SuiteJson> {
      constexpr std::string_view kServer = "http://localhost:1234/";
      const auto path = suite_ / "remotes" / uri.substr(std::min(kServer.size(), uri.size()));
      return uri.starts_with(kServer) && fs::exists(path)
                 ? std::make_shared<const SuiteJson>(read_json(path))
                 : nullptr;
    };
  }

  // Runs a file, and remembers each test of it that does not end as it should.
  void run(const std::string& name) {
    const auto path = suite_ / "tests" / GetParam().folder / (name + ".json");
    if (!fs::exists(path)) {
      return;
    }
    ++files_;
    for (const auto& group : read_json(path)) {
      for (const auto& test : group["tests"]) {
        const auto problem = problem_of(group["schema"], test);
        ++total_;
        passed_ += problem.empty() ? 1U : 0U;
        if (!problem.empty()) {
          failures_.push_back(fmt::format("{}: {}: {}: {}", name, group["description"].dump(),
                                          test["description"].dump(), problem));
        }
      }
    }
  }

  std::string problem_of(const SuiteJson& schema, const SuiteJson& test) const {
    try {
      const auto violations = JsonSchema::compile(schema, options_).validate(test["data"]);
      if (violations.empty() == test["valid"].get<bool>()) {
        return {};
      }
      return violations.empty() ? "should not be valid" : text_of(violations.front());
    } catch (const Error& error) {
      return error.what();
    }
  }

  void print(const char* part) const {
    fmt::print("{:<14} {:<10} {:>3} files {:>5} of {:>5} passed\n", GetParam().folder, part, files_,
               passed_, total_);
  }

  fs::path suite_;
  SchemaOptions options_;
  std::size_t files_ = 0;
  std::size_t passed_ = 0;
  std::size_t total_ = 0;
  std::vector<std::string> failures_;
};

TEST_P(SchemaSuite, EveryRequiredTestPasses) {
  for (const auto& entry : fs::directory_iterator(suite_ / "tests" / GetParam().folder)) {
    if (entry.path().extension() == ".json") {
      run(entry.path().stem());
    }
  }
  print("required");
  EXPECT_GT(total_, 0U);
  EXPECT_EQ(failures_, std::vector<std::string>());
}

TEST_P(SchemaSuite, FormatsAreAssertedWhenThatIsAskedFor) {
  options_.asserts_formats = true;
  for (const auto* format :
       {"date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname",
        "iri", "iri-reference", "ipv4", "ipv6", "uri", "uri-reference", "uuid", "regex",
        "json-pointer", "relative-json-pointer", "unknown"}) {
    run(std::string("optional/format/") + format);
  }
  run("optional/format");  // all in one file, as Debian's suite has it for draft 4
  print("formats");
  EXPECT_GT(total_, 0U);
  EXPECT_EQ(failures_, std::vector<std::string>());
}

TEST_P(SchemaSuite, OptionalTestsPass) {
  for (const auto* name : {"anchor", "bignum", "cross-draft", "dependencies-compatibility",
                           "dynamicRef", "ecmascript-regex", "float-overflow", "format-assertion",
                           "id", "no-schema", "non-bmp-regex", "refOfUnknownKeyword",
                           "unknownKeyword", "zeroTerminatedFloats", "format/ecmascript-regex"}) {
    options_.asserts_formats = std::string_view(name).ends_with("-regex");
    run(std::string("optional/") + name);
  }
  print("optional");
  std::erase_if(failures_, is_known);
  EXPECT_EQ(failures_, std::vector<std::string>());
}

INSTANTIATE_TEST_SUITE_P(Dialects, SchemaSuite,
                         testing::Values(SuiteRow{SchemaDialect::draft_4, "draft4"},
                                         SuiteRow{SchemaDialect::draft_7, "draft7"},
                                         SuiteRow{SchemaDialect::draft_2020_12, "draft2020-12"}),
                         [](const auto& row) {
                           std::string name = row.param.folder;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace mscomm
