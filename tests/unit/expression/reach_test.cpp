#include "core/expression/reach.h"

#include <gtest/gtest.h>

#include <array>

namespace mscomm {
namespace {

bool reads(std::string_view program) {
  constexpr std::array<std::string_view, 2> kMembers{"json", "body"};
  return may_read(program, kMembers);
}

TEST(MayRead, NotWhatPlainlyReadsOtherMembers) {
  for (const std::string_view program :
       {".status == 200", ".status==200 and .total_ms < 300.5",
        ".headers[\"content-type\"] == \"json\"", "(.status / 100 | floor) == 2",
        ".headers | has(\"etag\")", ".redirects | length > 0", ".headers.json == 1",
        ".body_bytes >= 10 or .outcome != \"ok\"", "true", "1 == 1.5e3",
        ".headers[\"a\"]? // null | not", ".redirects[0].status == 302",
        "[.status, .attempts][1] == 1", "-.status < 0", ".headers | .etag | startswith(\"W\")"}) {
    EXPECT_FALSE(reads(program)) << program;
  }
}

TEST(MayRead, WhatReadsTheMembersOrMayReadAll) {
  for (const std::string_view program : {".json",
                                         ".json.ok",
                                         ".status == 200 and .json.ok",
                                         "1 and.json",
                                         "1.5and.json",
                                         ".[\"json\"]",
                                         ".\"json\"",
                                         ". | length",
                                         "..",
                                         "keys",
                                         "length > 3",
                                         "has(\"json\")",
                                         "to_entries",
                                         ". as $x | 1",
                                         ".status as $s | keys",
                                         "$__loc__",
                                         "\"\\(.json)\"",
                                         "@json",
                                         "{json}",
                                         "{\"json\"}",
                                         "if .status then .json else 1 end",
                                         ".status |= 5 | keys",
                                         ".status = 5 | .x",
                                         ".status += 1 | keys",
                                         "getpath([\"json\"])",
                                         "tojson",
                                         "[.[]]",
                                         "reduce .status as $x (0; .)",
                                         "def f: .json; .status | f",
                                         ".status | . as $x | 1",
                                         "try .json",
                                         "any(.json; .)",
                                         "input",
                                         "del(.status) | keys",
                                         ".body",
                                         "not",
                                         ".status # .json",
                                         "\"a",
                                         "."}) {
    EXPECT_TRUE(reads(program)) << program;
  }
}

}  // namespace
}  // namespace mscomm
