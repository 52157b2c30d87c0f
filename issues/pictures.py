"""A small picture for each category and group: shapes of our own in a field of 24 by 24, drawn with a stroke. Pure.

They only repeat the words beside them. What a district adds has the picture of its group.
"""

_BIN = '<path d="M5 7h14M9 7V4.5h6V7M6.5 7l1 13h9l1-13M10 11v5.5M14 11v5.5"/>'
_WAVES = (
    '<path d="M2.5 7.5c2-2 4.2-2 6.3 0s4.3 2 6.4 0 4.3-2 6.3 0M2.5 13c2-2 4.2-2 6.3 0s4.3 2 6.4 0 4.3-2 '
    '6.3 0M2.5 18.5c2-2 4.2-2 6.3 0s4.3 2 6.4 0 4.3-2 6.3 0"/>'
)
_FLAME = (
    '<path d="M12 3c1 3.5 5 5.5 5 10.5a5 5 0 0 1-10 0c0-2 1-3.5 2-4.5.3 1.5 1 2.3 2 2.5-.5-3 0-6 1-8.5z"/>'
)
_BRICKS = '<path d="M3 9h18v10H3zM3 14h18M9 9v5M15 9v5M6 14v5M12 14v5M18 14v5"/>'
_HOUSE = '<path d="M3 11.5 12 4l9 7.5M5.5 9.5V20h13V9.5M10 20v-5.5h4V20"/>'
_ROAD = '<path d="M8 3 4 21M16 3l4 18M12 4v3M12 10.5v3M12 17v3"/>'
_BOLT = '<path d="M13 3 5 13.5h6L10 21l8-10.5h-6z"/>'
_DROP = '<path d="M12 3.5c3 4 5.5 6.8 5.5 10.200a5.5 5.5 0 0 1-11 0C6.5 10.3 9 7.5 12 3.5z"/>'
_SHOP = '<path d="M4 10v10h16V10M3 10l2-6h14l2 6zM9 20v-5h6v5"/>'
_TWO = '<path d="M3 4.5h11v8H8l-3.5 3v-3H3zM17 9.5h4v8h-1.5v3l-3.5-3H10V16"/>'
_SHIELD = '<path d="M12 3l8 3v5.5c0 5-3.5 8-8 9.5-4.5-1.5-8-4.5-8-9.5V6zM12 8v5M12 16.5v.1"/>'
_HEART = '<path d="M12 20s-8-4.8-8-10.5A4.3 4.3 0 0 1 12 7.5a4.3 4.3 0 0 1 8 2C20 15.2 12 20 12 20z"/>'
_PAPER = '<path d="M6 3h9l4 4v14H6zM14.5 3v4.5H19M9 12h7M9 16h7"/>'
_BUBBLE = '<path d="M4 4.5h16V16h-9l-4.5 4v-4H4z"/>'
_EYE = '<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"/><circle cx="12" cy="12" r="3"/>'
_TRIANGLE = '<path d="M12 4 2.5 20h19z"/><path d="M12 10v4.5M12 17.5v.1"/>'
_DOTS = '<circle cx="12" cy="12" r="8.5"/><path d="M8 12h.1M12 12h.1M16 12h.1"/>'

OTHER = "other"
# Key of a category or group -> its shapes.
PICTURES: dict[str, str] = {
    "danger": _TRIANGLE,
    "danger_fire": _FLAME,
    "danger_collapse": '<path d="M4 21V9l6-4v16M10 21h10M14 4.5l4 1.5-1.5 4-4-1.5zM15 13.5l3 1M13.5 17.5l4 .5"/>',
    "danger_water": _WAVES,
    "danger_person": '<circle cx="12" cy="5" r="2"/><path d="M12 9.5V15l-3 6M12 15l3 6M5.5 6.5 12 11l6.5-4.5"/>',
    "clean": _BIN,
    "clean_rubbish": _BIN,
    "clean_builders": _BRICKS,
    "clean_toilet": '<circle cx="7" cy="5" r="1.75"/><circle cx="17" cy="5" r="1.75"/>'
    '<path d="M12 3v18M7 9v11M4.5 10.5h5M17 9l-3 6h6zM17 15v5"/>',
    "clean_river": _WAVES,
    "clean_pests": '<ellipse cx="12" cy="14" rx="4.5" ry="6"/><path d="M12 8v12M9 5l1.5 3M15 5l-1.5 3M7.5 12H4M16.5 12H20'
    'M8 17l-3.5 2M16 17l3.5 2"/>',
    "home": _HOUSE,
    "home_leak": _DROP,
    "home_lift": '<path d="M5 3.5h14v17H5zM9 10l3-3.5 3 3.5M9 14l3 3.5 3-3.5"/>',
    "home_stairs": '<path d="M3 20h4.5v-4.5H12V11h4.5V6.5H21"/>',
    "home_roof": '<path d="M2.5 12 12 5l9.5 7M6 9.5V5.5M7 13v7M17 13v7M4 20h16"/>',
    "home_firm": '<circle cx="8" cy="15" r="4"/><path d="m11 12 8.5-8.5M15.5 7.5l3 3"/>',
    "home_old": '<path d="m4 20 9-9M9 7l4-4 8 8-4 4z"/>',
    "supply": _BOLT,
    "supply_heat": '<path d="M5 6v14M9.7 6v14M14.3 6v14M19 6v14M3 9h18M3 17h18"/>',
    "supply_water": '<path d="M3 9h9a4 4 0 0 1 4 4v2M3 13h8.5v2.5M8 9V5.5M5.5 5.5h5M14 18.5v2.5"/>',
    "supply_power": _BOLT,
    "supply_gas": _FLAME,
    "road": _ROAD,
    "road_surface": _ROAD,
    "road_light": '<path d="M7 21V6a3 3 0 0 1 3-3h3l5 3.5M4.5 21h5M15 9h6M18 6.5V9M16 12.5l-.8 2.5M20 12.5l.8 2.5"/>',
    "road_parking": '<rect x="4" y="4" width="16" height="16" rx="3"/><path d="M9.5 17V7.5H13a3 3 0 0 1 0 6H9.5"/>',
    "road_rural": '<path d="M3 9.5h18M3 9.5v10M21 9.5v10M6.5 19.5a5.5 5.5 0 0 1 11 0M7 9.5V6M12 9.5V6M17 9.5V6"/>',
    "order": _TWO,
    "order_noise": '<path d="M4 9.5v5h3.5L13 19V5L7.5 9.5zM16.5 9a4 4 0 0 1 0 6M19 6.5a7.5 7.5 0 0 1 0 11"/>',
    "order_building": _BRICKS,
    "order_stalls": _SHOP,
    "order_dispute": _TWO,
    "order_land": '<path d="M3 20 8 6h8l5 14zM5.5 13h13M12 6v14"/>',
    "hazard": _SHIELD,
    "hazard_ebike": '<circle cx="6" cy="16.5" r="3.5"/><circle cx="18" cy="16.5" r="3.5"/>'
    '<path d="M6 16.5 10 9h4.5l3.5 7.5M8.5 12h7.5M9 6.5h2.5M14.5 9 16 5.5h2.5"/>',
    "hazard_fire": '<path d="M8 9.5h6V21H8zM11 9.5V5.5M8.5 5.5h5M13.5 5.5 18 8.5M11 13.5v3.5"/>',
    "hazard_site": '<path d="M6 21V4M3 7h18M18 7v5M16.5 12h3v3h-3zM6 4 3 7M6 4l7 3M3.5 21h5"/>',
    "hazard_season": '<path d="M12 3v18M4.2 7.5l15.6 9M19.8 7.5l-15.6 9M9.5 4.5 12 7l2.5-2.5M9.5 19.5 12 17l2.5 2.5"/>',
    "care": _HEART,
    "care_old": '<circle cx="9.5" cy="4.5" r="2"/><path d="M9.5 8.5v6L7 21M9.5 14.5l3 6.5M9.5 10.5 15 13M16.5 12.5V21"/>',
    "care_need": _HEART,
    "care_child": '<circle cx="12" cy="12" r="8.5"/><path d="M8.5 14a4.2 4.2 0 0 0 7 0M9.5 9.5v.1M14.5 9.5v.1"/>',
    "care_disabled": '<circle cx="10" cy="4" r="1.75"/><path d="M10 8v6h5.5l2.5 5M10 10.5h4M7.5 12a5 5 0 1 0 6.5 6.5"/>',
    "policy": _PAPER,
    "policy_papers": _PAPER,
    "policy_insurance": '<rect x="3" y="6" width="18" height="12.5" rx="2"/><path d="M3 10.5h18M7 14.5h4"/>',
    "policy_farm": '<path d="M12 21v-9M12 12c0-4-3-6-7.5-6 0 4.5 3 6 7.5 6z"/>'
    '<path d="M12 14.5c0-3.5 2.5-5.5 7-5.5 0 4-2.5 5.5-7 5.5z"/>',
    "firm": _SHOP,
    "firm_service": _PAPER,
    "firm_market": _SHOP,
    "voice": _BUBBLE,
    "voice_idea": '<path d="M9 17.5h6M10 20.5h4M9 17.5c0-2.5-3-3.5-3-7.5a6 6 0 0 1 12 0c0 4-3 5-3 7.5"/>',
    "voice_staff": '<circle cx="10" cy="7.5" r="3.5"/>'
    '<path d="M3.5 20c0-4 3-6.5 6.5-6.5s6.5 2.5 6.5 6.5M20 8v5M20 16v.1"/>',
    "patrol": _EYE,
    "patrol_facility": '<path d="M3 10h18M3 14h18M5.5 14v6M18.5 14v6M5.5 10V6M18.5 10V6"/>',
    "patrol_visit": _HOUSE,
    OTHER: _DOTS,
}


def picture_of(key: str, group: str = "") -> str:
    """The shapes of a category; those of its group where it has none of its own."""
    return PICTURES.get(key) or PICTURES.get(group) or PICTURES[OTHER]
