// Which operation of an OpenAPI description a request is for.

#include <gtest/gtest.h>

#include "unit/contract/openapi_fixture.h"

namespace mscomm {
namespace {

using test::ApiFixture;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// The operation at this template describes only the status of its own number, so that the result
// tells which one was found.
std::string operations(const std::vector<std::pair<std::string, int>>& templates) {
  std::string out = "paths:\n";
  for (const auto& [path, status] : templates) {
    out += "  '" + path + "': {get: {responses: {" + std::to_string(status) +
           ": {description: a}}}}\n";
  }
  return out;
}

struct PathRow {
  const char* name;
  std::vector<std::pair<std::string, int>> templates;
  const char* rest;  // servers, for example
  const char* path;
  int expected;  // 0: none
};

// NOLINTNEXTLINE(readability-identifier-naming): googletest's name.
void PrintTo(const PathRow& row, std::ostream* out) { *out << row.path; }

class OpenApiPath : public testing::TestWithParam<PathRow> {};

TEST_P(OpenApiPath, LeadsToItsOperation) {
  const auto& row = GetParam();
  const ApiFixture api("3.0.3", operations(row.templates) + row.rest);
  const auto request = std::string("GET ") + row.path;
  if (row.expected == 0) {
    EXPECT_THAT(api.of_request(request), ElementsAre(HasSubstr("is not described")));
    return;
  }
  EXPECT_THAT(api.of_request(request), IsEmpty());
  EXPECT_THAT(api.of_response(request, std::to_string(row.expected)), IsEmpty());
}

const std::vector<PathRow> path_rows{
    {"Concrete", {{"/a/{x}", 201}, {"/a/b", 202}}, "", "/a/b", 202},
    {"ConcreteWhereverItStands", {{"/{x}/b", 201}, {"/a/{y}", 202}}, "", "/a/b", 202},
    {"Templated", {{"/a/{x}", 201}, {"/a/b", 202}}, "", "/a/c", 201},
    {"TakesNoSlash", {{"/a/{x}", 201}}, "", "/a/b/c", 0},
    {"TakesNoEmptyValue", {{"/a/{x}", 201}}, "", "/a/", 0},
    {"EncodedSlash", {{"/a/{x}", 201}}, "", "/a/b%2Fc", 201},
    {"EncodedLiteral", {{"/a b/\u00e9", 201}}, "", "/a%20b/%c3%a9", 201},
    {"EncodedThoughItNeedNotBe", {{"/ab", 201}}, "", "/%61b", 201},
    {"Suffix", {{"/a/{x}", 201}, {"/a/{x}.json", 202}}, "", "/a/b.c.json", 202},
    {"SuffixMissing", {{"/a/{x}.json", 202}}, "", "/a/b.xml", 0},
    {"SuffixWithoutAValue", {{"/a/{x}.json", 202}}, "", "/a/.json", 0},
    {"SeveralInASegment", {{"/{x}-{y}:{z}", 201}}, "", "/a-b-c:d", 201},
    {"SeveralSegments", {{"/a/{x}/b/{y}", 201}}, "", "/a/1/b/2", 201},
    {"TrailingSlashIsAnotherPath", {{"/a", 201}}, "", "/a/", 0},
    {"TrailingSlashDescribed", {{"/a/", 201}}, "", "/a/", 201},
    {"Root", {{"/", 201}}, "", "/", 201},
    {"DotSegments", {{"/b", 201}}, "", "/a/../b", 201},
    {"QueryDoesNotMatter", {{"/a", 201}}, "", "/a?x=/b", 201},
    {"ServerBase", {{"/a", 201}}, "servers: [{url: 'https://api.example.com/v1/'}]", "/v1/a", 201},
    {"ServerBaseMissing", {{"/a", 201}}, "servers: [{url: 'https://api.example.com/v1'}]", "/a", 0},
    {"SecondServer", {{"/a", 201}}, "servers: [{url: /v1}, {url: /v2}]", "/v2/a", 201},
    {"RelativeServer", {{"/a", 201}}, "servers: [{url: v1}]", "/v1/a", 201},
    {"ServerVariable",
     {{"/a", 201}},
     "servers: [{url: '{scheme}://h/{base}', variables: {scheme: {default: https}, base: {default: "
     "v2}}}]",
     "/v2/a",
     201},
    {"ServerVariableOfAList",
     {{"/a", 201}},
     "servers: [{url: '/{base}', variables: {base: {default: v2, enum: [v1, v2]}}}]",
     "/v1/a",
     201},
    {"ServerVariableOfAnotherValue",
     {{"/a", 201}},
     "servers: [{url: '/{base}', variables: {base: {default: v2}}}]",
     "/v3/a",
     201},
    {"ServerVariableIsOneSegment",
     {{"/a", 201}},
     "servers: [{url: '/{base}', variables: {base: {default: v2}}}]",
     "/v3/x/a",
     0},
    {"ServerVariableOfNoneOfAList",
     {{"/a", 201}},
     "servers: [{url: '/{base}', variables: {base: {default: v2, enum: [v1, v2]}}}]",
     "/v3/a",
     0},
    {"ServerVariableWithSlashes",
     {{"/a", 201}},
     "servers: [{url: '{server}/a', variables: {server: {default: 'https://h/b/c'}}}]",
     "/b/c/a/a",
     201},
    {"ServerBaseEncoded", {{"/a", 201}}, "servers: [{url: '/b%20c'}]", "/%62%20c/a", 201},
};

INSTANTIATE_TEST_SUITE_P(All, OpenApiPath, testing::ValuesIn(path_rows),
                         [](const auto& row) { return test::name_of_row(row); });

TEST(OpenApiPaths, ServersOfAPathOrAnOperationReplaceThoseAbove) {
  const ApiFixture api("3.1.0", R"(
servers: [{url: /top}]
paths:
  /a:
    servers: [{url: /path}]
    get: {}
    put: {servers: [{url: /operation}]}
)");
  EXPECT_THAT(api.of_request("GET /path/a"), IsEmpty());
  EXPECT_THAT(api.of_request("PUT /operation/a"), IsEmpty());
  EXPECT_THAT(api.of_request("GET /top/a"), ElementsAre(HasSubstr("is not described")));
  EXPECT_THAT(api.of_request("PUT /path/a"), ElementsAre(HasSubstr("is not described")));
}

TEST(OpenApiPaths, AreBelowTheFirstThousandUrlsOfAServer) {
  std::string values;
  for (int i = 0; i < 40; ++i) {
    values += "v" + std::to_string(i) + ", ";
  }
  const ApiFixture api("3.1.0", "servers: [{url: '/{x}/{y}', variables: {x: {default: d, enum: [" +
                                    values + "]}, y: {default: d, enum: [" + values +
                                    "]}}}]\npaths: {/a: {get: {}}}");
  EXPECT_THAT(api.of_request("GET /v20/v39/a"), IsEmpty());
  EXPECT_THAT(api.of_request("GET /v39/v39/a"), ElementsAre(HasSubstr("is not described")));
}

TEST(OpenApiPaths, SayWhichMethodsThereAre) {
  const ApiFixture api("3.1.0", "paths: {'/a/{x}': {get: {}, delete: {}}}");
  EXPECT_THAT(api.of_request("PATCH /a/1"),
              ElementsAre("method PATCH is not described for /a/{x} (GET, DELETE)"));
}

TEST(OpenApiPaths, MethodsAreCaseSensitive) {
  const ApiFixture api("3.1.0", "paths: {/a: {get: {}}}");
  EXPECT_THAT(api.of_request("get /a"), ElementsAre("method get is not described for /a (GET)"));
}

TEST(OpenApiPaths, OfTheSameFormAreLookedAtForTheMethod) {
  const ApiFixture api("3.1.0", "paths: {'/a/{x}': {delete: {}}, '/a/{y}': {get: {}}, '/a/b': {}}");
  EXPECT_THAT(api.of_request("GET /a/1"), IsEmpty());
  EXPECT_THAT(api.of_request("PUT /a/1"),
              ElementsAre("method PUT is not described for /a/{x} (DELETE)"));
  EXPECT_THAT(api.of_request("GET /a/b"),
              ElementsAre("method GET is not described for /a/b (no method is)"));
}

TEST(OpenApiPaths, SayWhatIsNear) {
  const ApiFixture api("3.1.0",
                       "paths: {'/pets/{id}': {}, '/pets': {}, '/owners/{id}/pets': {}, "
                       "'/else': {}}");
  EXPECT_THAT(api.of_request("GET /pet/1"),
              ElementsAre("path '/pet/1' is not described; near it: /pets/{id}, /pets"));
  EXPECT_THAT(api.of_request("GET /x/y/z/a/b"), ElementsAre("path '/x/y/z/a/b' is not described"));
}

TEST(OpenApiPaths, SayWhereTheServersAre) {
  const ApiFixture api("3.1.0", "servers: [{url: /v1}, {url: /v2}]\npaths: {/a: {get: {}}}");
  EXPECT_THAT(api.of_request("GET /v3/a"),
              ElementsAre("path '/v3/a' is not described; its servers are below /v1, /v2"));
}

TEST(OpenApiPaths, SayWhatIsNearBelowAServerOfAnyValue) {
  const ApiFixture api("3.1.0",
                       "servers: [{url: '/{v}', variables: {v: {default: v1}}}]\n"
                       "paths: {/pets: {get: {}}}");
  EXPECT_THAT(api.of_request("GET /v9/pet"),
              ElementsAre("path '/v9/pet' is not described; near it: /pets"));
  EXPECT_THAT(api.of_request("GET /pets"),
              ElementsAre("path '/pets' is not described; its servers are below /v1, /{v}"));
}

TEST(OpenApiPaths, DoNotNameServersWithoutEnd) {
  std::string servers = "servers: [{url: /v1}";
  for (int i = 2; i <= 200; ++i) {
    servers += ", {url: /v" + std::to_string(i) + "}";
  }
  const ApiFixture api("3.1.0", servers + "]\npaths: {/a: {get: {}}}");
  EXPECT_THAT(api.of_request("GET /b"),
              ElementsAre(testing::EndsWith(", /v19, /v20 and 180 more")));
}

TEST(OpenApiPaths, HeadIsJudgedAsGetUnlessItIsDescribed) {
  const auto* const get = "{200: {description: a, content: {application/json: {}}}}";
  const ApiFixture api("3.0.3", std::string("paths: {/a: {get: {responses: ") + get +
                                    "}}, /b: {get: {responses: " + get +
                                    "}, head: {responses: {204: {description: a}}}}}");
  EXPECT_THAT(api.of_request("HEAD /a"), IsEmpty());
  EXPECT_THAT(api.of_response("HEAD /a", "200\nContent-Type: text/html"), IsEmpty());
  EXPECT_THAT(api.of_response("HEAD /b", "200"),
              ElementsAre("status 200 is not described for HEAD /b (204) (#/paths/~1b/head)"));
}

TEST(OpenApiPaths, OfOneRequestAfterAnotherAreTheirOwn) {
  const ApiFixture api("3.0.3", operations({{"/a", 201}, {"/b", 202}}) +
                                    "  /c: {put: {responses: {200: {description: a}}}}");
  auto one = api.open();
  const auto check = [&one](const char* method, const char* path) {
    return one.check_request({method, std::string("http://h") + path, {}, {}});
  };
  const auto response = [&one](const char* path, int status) {
    return one.check_response("GET", std::string("http://h") + path, {status, {}, ""});
  };
  EXPECT_THAT(check("GET", "/a"), IsEmpty());
  EXPECT_THAT(check("PUT", "/a"), ElementsAre(HasSubstr("method PUT")));
  EXPECT_THAT(check("PUT", "/a"), ElementsAre(HasSubstr("method PUT")));
  EXPECT_THAT(check("PUT", "/c"), IsEmpty());
  EXPECT_THAT(check("PUT", "/d"), ElementsAre(HasSubstr("path '/d'")));
  EXPECT_THAT(*response("/a", 201), IsEmpty());
  EXPECT_THAT(*response("/a", 202), SizeIs(1));
  EXPECT_THAT(*response("/b", 202), IsEmpty());
  EXPECT_EQ(response("/d", 202), std::nullopt);
}

TEST(OpenApiPaths, AResponseToWhatIsNotDescribedIsNotJudged) {
  const ApiFixture api("3.0.3", "paths: {}");
  EXPECT_EQ(api.open().check_response("GET", "http://h/a", {500, {}, ""}), std::nullopt);
}

TEST(OpenApiPaths, MayBeAbsentIn31) {
  const ApiFixture api("3.1.0", "webhooks: {}");
  EXPECT_THAT(api.of_request("GET /a"), ElementsAre("path '/a' is not described"));
}

}  // namespace
}  // namespace mscomm
